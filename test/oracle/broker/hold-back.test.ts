import { expect } from "chai";
import { holdBack } from "../../../oracle/src/broker/hold-back.ts";
import type { BrokerIngest } from "../../../oracle/src/broker/types.ts";
import type { Inbound } from "../../../oracle/src/ingest/types.ts";

const anHourMs = 3_600_000;

const refusing: BrokerIngest = {
  submit: async ({ client }) => ({
    kind: "refused",
    code: client === "flooder" ? "RATE_LIMITED" : "SIGNATURE_INVALID",
    message: "refused",
  }),
};

const from = (client: string): Inbound => ({ bytes: new Uint8Array(1), source: "mqtt", client });

describe("a client that sends beyond its share", () => {
  it("waits for its refusal, while others have theirs at once", async () => {
    const ending = new AbortController();
    const held = holdBack(refusing, anHourMs, ending.signal);
    const answered: string[] = [];
    const flooder = held.submit(from("flooder")).then(() => answered.push("flooder"));
    await held.submit(from("other")).then(() => answered.push("other"));
    expect(answered).to.deep.equal(["other"]);
    ending.abort();
    await flooder;
    expect(answered).to.deep.equal(["other", "flooder"]);
  });
});
