import { concatBytes, hex, publicKeyOf, sha256, softwareSigner, utf8 } from "@fieldseal/sdk";
import type { Rpc } from "../../chain/json-rpc.ts";

const address = `0x${"0100".padStart(40, "0")}`;
const accepted = `0x${"01".padStart(64, "0")}`;

/** Whether EIP-7951's precompile is on the chain: it takes a good signature and not a bad one. */
export async function hasP256Precompile(rpc: Rpc): Promise<boolean> {
  const secret = new Uint8Array(32).fill(1);
  const message = utf8("fieldseal doctor");
  const signature = await softwareSigner(2, secret).sign(message, "sha256");
  const { point } = publicKeyOf(2, secret);
  const answers = async (text: Uint8Array) => {
    const data = hex(concatBytes(sha256(text), signature, point));
    return (await rpc.request("eth_call", [{ to: address, data }, "latest"])) === accepted;
  };
  return (await answers(message)) && !(await answers(utf8("another text")));
}
