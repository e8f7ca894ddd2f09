import { performance } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  createLoginToken,
  type DeviceId,
  defaultTopicPrefix,
  deviceIdOf,
  permissions,
  type Signer,
  topicsOf,
} from "@fieldseal/sdk";
import { createSessionBook } from "../../oracle/src/broker/session-book.ts";
import { createDirectory } from "../../oracle/src/chain/directory.ts";
import { GrantBook } from "../../oracle/src/chain/grant-book.ts";
import type { DirectoryDevice } from "../../oracle/src/chain/types.ts";
import { systemClock } from "../../oracle/src/internal/clock.ts";
import type { Figures } from "../results/figures.ts";
import { benchAudience, benchAuthority } from "./bench-access.ts";
import { fastSigner } from "./fast-signer.ts";
import { quantile } from "./measure-rate.ts";

const devices = 10_000;
const logins = 2000;
const owner = `0x${"cc".repeat(20)}` as const;

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

function known(device: DeviceId, { publicKey }: Signer): DirectoryDevice {
  const keys = new Map([[0, { key: publicKey, compromised: false }]]);
  return {
    device,
    owner,
    status: "active",
    home: 1n,
    currentKeyIndex: 0,
    ownerEpoch: 0,
    key: (keyIndex) => keys.get(keyIndex),
  };
}

const grant = {
  permissions: permissions.READ,
  from: 0,
  until: 0xff_ffff_ffff,
  revision: 0,
  ownerEpoch: 0,
  generation: 1,
  parentGeneration: 0,
  ofFleet: false,
};

/** 10,000 devices with a key, a grant and an open session each: how a login is decided, and what they weigh. */
export async function measureLogins(): Promise<Figures> {
  const signers = Array.from({ length: devices }, fastSigner);
  const before = heapBytes();
  const directory = createDirectory({ number: 1, timeS: 0 });
  const ids = signers.map(({ publicKey }) => deviceIdOf(publicKey));
  const all = signers.map((signer, i) => known(ids[i] ?? "0x", signer));
  directory.apply(all, directory.judgedBlock());
  const grants = new GrantBook();
  const neighbour = (i: number) => ids[(i + 1) % devices] ?? "0x";
  grants.apply({
    grants: ids.map((subject, i) => ({ subject, grantor: owner, grantee: neighbour(i), grant })),
    revisions: [],
    emergencies: [],
  });
  const authority = benchAuthority(directory, systemClock, grants);
  const book = createSessionBook(authority, defaultTopicPrefix);
  const expiresS = Math.floor(Date.now() / 1000) + 3600;
  ids.forEach((who, i) => {
    book.open(who, { kind: "device", who, keyIndex: 0, expiresS }, () => {});
    const own = topicsOf(defaultTopicPrefix, who);
    const read = topicsOf(defaultTopicPrefix, ids[(i + devices - 1) % devices] ?? "0x").up;
    book.allows(who, "publish", own.up);
    for (const topic of [own.receipt, own.command, read]) book.allows(who, "subscribe", topic);
  });
  const bytesEach = (heapBytes() - before) / devices;

  const times: number[] = [];
  for (let i = 0; i < logins; i++) {
    const at = (i * 7919) % devices;
    const [signer, device] = [signers[at], ids[at]];
    if (signer === undefined || device === undefined) continue;
    const nowS = Math.floor(Date.now() / 1000);
    const token = { signer, device, audience: benchAudience, nowS, lifetimeS: 3600 };
    const password = await createLoginToken(token);
    const startMs = performance.now();
    const login = await authority.login({ clientId: device, username: device, password });
    times.push(performance.now() - startMs);
    if ("refused" in login) throw new Error(`A good login was refused: ${login.refused}.`);
  }
  const startMs = performance.now();
  const rechecked = book.rechecked();
  const sliceMs = performance.now() - startMs;
  await rechecked;
  const recheckMs = performance.now() - startMs;
  if (book.size !== devices) throw new Error("A session was cut that should stand.");
  return {
    "access.login_median_ms": quantile(times, 0.5),
    "access.login_p95_ms": quantile(times, 0.95),
    "access.bytes_per_device": bytesEach,
    "access.recheck_10000_sessions_ms": recheckMs,
    "access.recheck_slice_ms": sliceMs,
  };
}
