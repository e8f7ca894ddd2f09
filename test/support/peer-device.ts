import { type DeviceId, errorCode, fromHex, type KeyType, softwareSigner } from "@fieldseal/sdk";
import {
  connectToPeer,
  listenForPeers,
  type PeerConnection,
  registryPeers,
} from "@fieldseal/sdk/node";

/** What the process is told, as JSON in its only argument. */
export type PeerDeviceOrders = {
  readonly device: DeviceId;
  readonly keyIndex: number;
  readonly keyType: KeyType;
  readonly secret: string;
  readonly domain: string;
  readonly rpcUrl: string;
  readonly registry: string;
  /** Whom to call, and where; without it the process waits to be called. */
  readonly call?: { readonly device: DeviceId; readonly port: number };
};

// A device in a process of its own: says what happens to it, one line each, and answers what it hears.
const orders = JSON.parse(process.argv[2] ?? "") as PeerDeviceOrders;
const domain = fromHex(orders.domain);
const say = (...words: readonly unknown[]) => process.stdout.write(`${words.join(" ")}\n`);
const clock = { nowMs: () => Date.now() };
const identity = {
  device: orders.device,
  keyIndex: orders.keyIndex,
  signer: softwareSigner(orders.keyType, fromHex(orders.secret)),
  domain,
};
const { rpcUrl, registry, call } = orders;
const directory = registryPeers({
  rpcUrl,
  registry,
  domain,
  clock,
  // Refreshed far more often: a busy machine is no reason to refuse.
  maxAgeMs: 3000,
  refreshMs: 50,
});
const common = { identity, directory, host: "127.0.0.1", clock, recheckMs: 50 };

function talk({ socket, peer, ended }: PeerConnection): void {
  say("peer", peer.device, peer.keyIndex);
  socket.on("data", (bytes) => say("heard", bytes));
  socket.write(`it is ${orders.device}`);
  void ended.then((reason) => say("ended", reason?.code ?? "closed"));
}

if (call === undefined) {
  const onError = (error: unknown) => say("refused", errorCode(error));
  const { port } = await listenForPeers({ ...common, port: 0, onPeer: talk, onError });
  say("port", port);
} else {
  await connectToPeer({ ...common, ...call }).then(talk, (error: unknown) => {
    say("failed", errorCode(error));
  });
}
