import type { MessageProof, ProofFile, SignedFacts } from "@fieldseal/sdk";
import { until } from "./until.ts";

type Answer = { readonly status: number; readonly body: Record<string, unknown> };

type Identity = Pick<SignedFacts, "device" | "keyIndex" | "sequence">;

/** What a test asks of a running oracle over HTTP. */
export function serviceClient(url: string) {
  const get = async (path: string): Promise<Answer> => {
    const response = await fetch(`${url}${path}`);
    return { status: response.status, body: (await response.json()) as Answer["body"] };
  };
  const sealed = (path: string) =>
    until(`sealing of ${path}`, async () => {
      const { status, body } = await get(path);
      if (status === 200) return body;
      if (body.code !== "NOT_SEALED_YET") throw new Error(`${path}: ${JSON.stringify(body)}`);
      return undefined;
    });
  const pathOf = ({ device, keyIndex, sequence }: Identity) =>
    `/v1/proofs/${device}/${keyIndex}/${sequence}`;
  return {
    get,
    /** Hands a message in; a refusal is an answer with its code. */
    async post(bytes: Uint8Array): Promise<Answer> {
      const response = await fetch(`${url}/v1/messages`, {
        method: "POST",
        headers: { "content-type": "application/octet-stream" },
        body: new Uint8Array(bytes),
      });
      return { status: response.status, body: (await response.json()) as Answer["body"] };
    },
    /** The proof of a reading, once its message is sealed. */
    proof: async (identity: Identity, record = 0): Promise<ProofFile> =>
      (await sealed(`${pathOf(identity)}/${record}`)) as ProofFile,
    /** The proof of a message, once it is sealed. */
    messageProof: async (identity: Identity): Promise<MessageProof> =>
      (await sealed(pathOf(identity))) as MessageProof,
    /** Resolves when the oracle judges by `block` or a later one. */
    async followed(block: number): Promise<void> {
      await until(`following block ${block}`, async () => {
        const { body } = await get("/v1/info");
        return Number(body.followedBlock) >= block;
      });
    },
    /** How often a refusal with `code` was counted by the broker. */
    async brokerRefusals(code: string): Promise<number> {
      const text = await (await fetch(`${url}/metrics`)).text();
      const pattern = new RegExp(
        `^fieldseal_broker_refusals_total\\{code="${code}"\\} (\\d+)`,
        "m",
      );
      return Number(pattern.exec(text)?.[1] ?? 0);
    },
  };
}

export type ServiceClient = ReturnType<typeof serviceClient>;
