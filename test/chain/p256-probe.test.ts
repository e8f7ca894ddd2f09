import { expect } from "chai";
import { AbiCoder } from "ethers";
import { p256Key } from "./support/device-keys.ts";
import { deployFieldseal, type Fieldseal } from "./support/fixture.ts";

const answers = ["Absent", "Works", "Forgeable", "Faulty"];
const precompile = "0x0000000000000000000000000000000000000100";
const iotexPrecompile = "0x0000000000000000000000000000000000008001";

async function probe({ ethers, connection }: Fieldseal) {
  const { bytecode } = await ethers.getContractFactory("P256Probe");
  const answer = await connection.provider.request({
    method: "eth_call",
    params: [{ data: bytecode }, "latest"],
  });
  const [standard, iotex] = AbiCoder.defaultAbiCoder().decode(["uint8", "uint8"], String(answer));
  return { standard: answers[Number(standard)], iotex: answers[Number(iotex)] };
}

async function place(fs: Fieldseal, address: string, contract: string) {
  const artifact = await fs.ethers.deployContract(contract);
  const code = await fs.ethers.provider.getCode(await artifact.getAddress());
  await fs.connection.provider.request({ method: "hardhat_setCode", params: [address, code] });
}

describe("the P-256 probe, called before anything is deployed (property 7)", () => {
  it("finds the precompile of osaka at work", async () => {
    expect(await probe(await deployFieldseal("osaka"))).to.deep.equal({
      standard: "Works",
      iotex: "Absent",
    });
  });

  it("finds none on cancun, where Solidity checks the same signatures", async () => {
    const fs = await deployFieldseal("cancun");
    expect((await probe(fs)).standard).to.equal("Absent");
    const { owner } = fs;
    const key = p256Key();
    await fs.enrol(owner, key);
    expect(await fs.registry.status(key.id)).to.equal(1n);
  });

  it("tells code at 0x100 that accepts whatever nobody signed", async () => {
    const fs = await deployFieldseal("cancun");
    await place(fs, precompile, "AnswersYes");
    expect((await probe(fs)).standard).to.equal("Forgeable");
  });

  it("tells code at 0x100 that would burn all gas of every check", async () => {
    const fs = await deployFieldseal("cancun");
    await place(fs, precompile, "AnswersNever");
    expect((await probe(fs)).standard).to.equal("Faulty");
  });

  it("finds IoTeX's precompile at 0x8001", async () => {
    const fs = await deployFieldseal("cancun");
    await place(fs, iotexPrecompile, "IotexP256Emulation");
    expect((await probe(fs)).iotex).to.equal("Works");
  });
});
