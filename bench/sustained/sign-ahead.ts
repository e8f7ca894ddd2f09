import { closeSync, openSync, writeSync } from "node:fs";
import { defaultTopicPrefix, deviceIdOf, topicsOf } from "@fieldseal/sdk";
import { publishPacket } from "../load/mqtt-packets.ts";
import { presign } from "../speed/bench-oracle.ts";
import { fastSigner } from "../speed/fast-signer.ts";

/** What one signing process is to write: for each device a file of whole PUBLISH packets. */
export type SignOrder = {
  readonly devices: readonly { readonly secret: Uint8Array; readonly file: string }[];
  readonly perDevice: number;
  readonly firstSequence: number;
};

const slice = 500;

async function signAhead({ devices, perDevice, firstSequence }: SignOrder): Promise<void> {
  for (const { secret, file } of devices) {
    const signer = fastSigner(Buffer.from(secret));
    const id = deviceIdOf(signer.publicKey);
    const { up } = topicsOf(defaultTopicPrefix, id);
    const out = openSync(file, "w");
    for (let done = 0; done < perDevice; done += slice) {
      const count = Math.min(slice, perDevice - done);
      const messages = await presign({ id, signer }, count, firstSequence + done);
      const packets = messages.map((bytes, i) => publishPacket(up, done + i, bytes));
      writeSync(out, Buffer.concat(packets));
    }
    closeSync(out);
  }
}

process.once("message", (order) => {
  void signAhead(order as SignOrder).then(() => process.disconnect());
});
