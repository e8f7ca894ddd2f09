import { hex } from "@fieldseal/sdk";
import { createGrantStatements } from "../../../oracle/src/access/grant-statements.ts";
import type { ApiLimits } from "../../../oracle/src/api/create-api.ts";
import { createApi } from "../../../oracle/src/api/create-api.ts";
import { createReadiness, type ReadinessCheck } from "../../../oracle/src/api/readiness.ts";
import { createSealer } from "../../../oracle/src/seal/sealer.ts";
import { testAccess } from "../access/fixture.ts";
import {
  domain,
  enrol,
  type IngestFixture,
  ingestFixture,
  operatorKey,
  removeFolders,
  signed,
  type TestDevice,
} from "../ingest/fixture.ts";
import { follow } from "../seal/fixture.ts";
import { simulatedLog } from "../seal/simulated-log.ts";

const audience = `${hex(domain)}/fieldseal`;

export type ApiFixtureOptions = {
  readonly restricted?: boolean;
  readonly auditors?: readonly string[];
  readonly site?: () => string;
  readonly limits?: Partial<ApiLimits>;
  readonly readiness?: readonly ReadinessCheck[];
};

/** An API over a real store, ingest and sealer, with one enrolled device; the chain is kept in memory. */
export async function apiFixture(options: ApiFixtureOptions = {}) {
  const parts: IngestFixture = await ingestFixture();
  const { store, common, ingest, directory, signer } = parts;
  const device = await enrol(store);
  await parts.follow();
  await follow(store, 10);
  const chain = simulatedLog();
  const sealer = createSealer({
    common,
    store,
    log: chain.log,
    signer,
    policy: { maxMessages: 1, maxAgeMs: 1 },
    publish: async () => {},
  });
  const access = testAccess({
    devices: directory,
    clock: common.clock,
    audience,
    restricted: options.restricted ?? false,
    auditors: options.auditors ?? [],
    ...(options.site === undefined ? {} : { site: options.site }),
  });
  const api = await createApi({
    common,
    store,
    ingest,
    devices: directory,
    identity: chain.log.identity,
    callers: access.callers,
    sessions: access.sessions,
    statements: createGrantStatements({
      devices: directory,
      rights: access.rights,
      logId: chain.log.identity.logId,
      epoch: () => 0,
      seen: () => ({ block: 7, timeS: Math.floor(common.clock.nowMs() / 1000) }),
      isFresh: () => access.state.fresh,
      sign: signer.signStatement,
    }),
    logInfo: () => ({
      restricted: options.restricted ?? false,
      epoch: 0,
      threshold: 1,
      operators: [operatorKey.address],
    }),
    broker: { url: "mqtt://127.0.0.1:1883", authority: "fieldseal", topicPrefix: "fieldseal/1" },
    readiness: createReadiness({ common, checks: options.readiness ?? [], freshMs: 0 }),
    limits: { requestsPerMinute: 1_000_000, ...options.limits },
  });
  const get = async (url: string, token?: string) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await api.app.inject({ method: "GET", url, headers });
    return { status: response.statusCode, headers: response.headers, body: response.json() };
  };
  return {
    ...parts,
    access,
    audience,
    /** The data folder's store; `store` hands a message in. */
    data: store,
    api,
    chain,
    sealer,
    device,
    get,
    /** Hands a message of `device` to ingest. */
    async store(
      sequence: bigint,
      message: Parameters<typeof signed>[2] = {},
      from: TestDevice = device,
    ) {
      return ingest.submit({
        bytes: await signed(from, sequence, message),
        source: "http",
        client: "test",
      });
    },
    /** Hands in messages of `device` with sequences 1 to `count`, all at once. */
    async storeMany(count: number) {
      const sequences = Array.from({ length: count }, (_, i) => BigInt(i + 1));
      const all = await Promise.all(sequences.map((sequence) => signed(device, sequence)));
      const submit = (bytes: Uint8Array) =>
        ingest.submit({ bytes, source: "http", client: "test" });
      for (const outcome of await Promise.all(all.map(submit))) {
        if (outcome.kind !== "stored") throw new Error(`not stored: ${outcome.kind}`);
      }
    },
    /** Seals everything that waits, finally. */
    async seal() {
      await sealer.step();
      chain.mine();
      chain.finalize();
      await sealer.step();
    },
    async end() {
      await api.stop();
      await parts.close();
      removeFolders();
    },
  };
}

export type ApiFixture = Awaited<ReturnType<typeof apiFixture>>;
