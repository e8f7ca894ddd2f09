import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { FieldsealError } from "@fieldseal/sdk";
import { expect } from "chai";
import { accountKey, loadAccountKey } from "../../../oracle/src/chain/keys.ts";
import { testKey } from "../../support/chain.ts";
import { temporaryFolder } from "../../support/service.ts";

const variable = "FIELDSEAL_OPERATOR_KEY";
const own = "4f".repeat(32);
const sepolia = 11155111n;

function failure(work: () => unknown): FieldsealError {
  try {
    work();
  } catch (error) {
    if (error instanceof FieldsealError) return error;
  }
  throw new Error("it did not fail as expected");
}

describe("account keys", () => {
  it("come from a variable, with or without 0x", () => {
    const plain = loadAccountKey({ variable, environment: { [variable]: own } }, sepolia);
    const prefixed = loadAccountKey(
      { variable, environment: { [variable]: ` 0x${own}\n` } },
      sepolia,
    );
    expect(plain.address).to.equal(prefixed.address);
    expect(plain.secret).to.equal(`0x${own}`);
  });

  it("come from a file before the variable", () => {
    const folder = temporaryFolder();
    const file = join(folder.path, "key.hex");
    writeFileSync(file, `${own}\n`);
    const environment = { [variable]: "ab".repeat(32) };
    const key = loadAccountKey({ variable, environment, file }, sepolia);
    folder.remove();
    expect(key.secret).to.equal(`0x${own}`);
  });

  it("that are missing are asked for by the name of their variable or file", () => {
    const unset = failure(() => loadAccountKey({ variable, environment: {} }, sepolia));
    expect(unset.code).to.equal("KEY_MISSING");
    expect(unset.message).to.contain(variable);
    const file = "/no/such/key.hex";
    const absent = failure(() => loadAccountKey({ variable, environment: {}, file }, sepolia));
    expect(absent.code).to.equal("KEY_MISSING");
    expect(absent.message).to.contain(file);
  });

  it("that are none are refused without being shown", () => {
    for (const text of ["not a key", own.slice(2), `${own}00`, "00".repeat(32), "ff".repeat(32)]) {
      const error = failure(() => accountKey(text, variable));
      expect(error.code).to.equal("KEY_INVALID");
      expect(`${error.message}${JSON.stringify(error.details)}`).not.to.contain(text);
    }
  });

  it("that everybody knows serve on local chains only", () => {
    const environment = { [variable]: testKey(3) };
    expect(loadAccountKey({ variable, environment }, 31337n).secret).to.equal(testKey(3));
    const error = failure(() => loadAccountKey({ variable, environment }, sepolia));
    expect(error.code).to.equal("TEST_KEY_ON_PUBLIC_CHAIN");
  });

  it("stay out of JSON", () => {
    const key = accountKey(own, variable);
    expect(JSON.stringify({ key })).to.equal(`{"key":{"address":"${key.address}"}}`);
    expect(inspect(key.toJSON())).not.to.contain(own);
  });
});
