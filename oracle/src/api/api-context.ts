import type { Readable } from "node:stream";
import type { Callers } from "../access/callers.ts";
import type { GrantStatements } from "../access/grant-statements.ts";
import type { Sessions } from "../access/sessions.ts";
import type { BrokerDoors } from "../broker/types.ts";
import type { ChainIdentity, DeviceDirectory } from "../chain/types.ts";
import type { Ingest } from "../ingest/create-ingest.ts";
import type { Common } from "../internal/common.ts";
import type { Store } from "../store/open-store.ts";
import type { LiveFilter } from "./live-hub.ts";
import type { Readiness } from "./readiness.ts";
import type { StreamSlots } from "./stream-slots.ts";

/** The log as it was opened and as its committee stands. */
export type LogInfo = {
  readonly restricted: boolean;
  readonly epoch: number;
  readonly threshold: number;
  /** Addresses of the committee, lowercase, in the order of the bits of `signers`. */
  readonly operators: readonly string[];
};

/** Where devices publish. */
type BrokerInfo = {
  /** URL that devices connect to; undefined if the operator keeps it to himself. */
  readonly url?: string | undefined;
  /** Name of the authority in the audience of login tokens. */
  readonly authority: string;
  readonly topicPrefix: string;
};

/** What the API serves from. */
export type ApiSources = {
  readonly common: Common;
  readonly store: Store;
  readonly ingest: Pick<Ingest, "submit">;
  readonly devices: DeviceDirectory;
  readonly identity: ChainIdentity;
  readonly callers: Callers;
  readonly sessions: Sessions;
  readonly statements: GrantStatements;
  /** The log at present; may be read from a cache. */
  logInfo(): LogInfo;
  readonly broker: BrokerInfo;
  /** What the broker and its clients may ask. */
  readonly doors?: BrokerDoors;
  readonly readiness: Readiness;
  /** Who leads the processes of this log; left out where there is no election. */
  readonly leader?: () => LeaderView;
};

/** Who leads, as this process last saw it. */
export type LeaderView = {
  /** Its name. */
  readonly name: string;
  readonly term: number;
  /** Whether it is this process. */
  readonly here: boolean;
  /** How long ago this process was last up with what the leader followed. */
  readonly directoryAgeMs: number;
};

/** What each group of routes is given. */
export type ApiContext = ApiSources & {
  /** Opens a live stream that misses nothing from the moment it is there. */
  openLive(wants: LiveFilter): Promise<Readable>;
  readonly streams: StreamSlots;
};
