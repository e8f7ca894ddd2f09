import { concat, type TypedDataDomain, TypedDataEncoder, type TypedDataField } from "ethers";

type Types = Record<string, TypedDataField[]>;

const fields = (list: string): TypedDataField[] =>
  list.split(",").map((field) => {
    const [type = "", name = ""] = field.split(" ");
    return { name, type };
  });

export const enrolTypes: Types = {
  Enrol: fields("address device,address owner,uint64 home,uint64 deadline"),
};
export const adoptTypes: Types = {
  Adopt: fields("address device,address owner,uint64 home,uint64 deadline"),
};
export const rotateTypes: Types = {
  Rotate: fields(
    "address device,uint32 keyIndex,uint8 keyType,bytes32 x,bytes32 y,bool compromised,uint32 ownerEpoch,uint256 nonce,uint64 deadline",
  ),
};
export const transferTypes: Types = {
  Transfer: fields("address device,address to,uint32 ownerEpoch,uint256 nonce,uint64 deadline"),
};
export const acceptTypes: Types = {
  Accept: fields("address device,address to,uint32 ownerEpoch,uint256 nonce,uint64 deadline"),
};
export const checkpointTypes: Types = {
  Checkpoint: fields(
    "uint256 logId,uint64 index,bytes32 previous,uint32 epoch,bytes32 root,uint64 size,uint64 judgedBlock",
  ),
};
export const committeeChangeTypes: Types = {
  CommitteeChange: fields("uint256 logId,uint32 epoch,bytes32 operatorsHash,uint8 threshold"),
};

/** 0x1901 ‖ domain separator ‖ struct hash. */
export function typedBytes(
  domain: TypedDataDomain,
  types: Types,
  value: Record<string, unknown>,
): string {
  const name = Object.keys(types)[0] ?? "";
  return concat([
    "0x1901",
    TypedDataEncoder.hashDomain(domain),
    TypedDataEncoder.hashStruct(name, types, value),
  ]);
}
