import { once } from "node:events";
import { connect as connectTcp, createServer, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls, createServer as createTls } from "node:tls";
import { errorCode } from "@fieldseal/sdk";
import {
  connectToPeer,
  listenForPeers,
  type PeerConnection,
  type PeerDirectory,
  type PeerListener,
} from "@fieldseal/sdk/node";
import { expect } from "chai";
import {
  createPeerCertificate,
  maxPeerCertificateLifeS,
} from "../../../sdk/src/node/peer/create-peer-certificate.ts";
import type { ListenForPeersOptions } from "../../../sdk/src/node/peer/listen-for-peers.ts";
import type { PeerIdentity } from "../../../sdk/src/node/peer/peer-identity.ts";
import { peerProtocol } from "../../../sdk/src/node/peer/peer-tls.ts";
import { newSigner } from "../../support/registry-actions.ts";
import { manualClock } from "../../support/service.ts";
import { until } from "../../support/until.ts";
import { refusalOf } from "../support.ts";
import { otherDomain, somebody, type TestDirectory, testDirectory } from "./support.ts";

const host = "127.0.0.1";
const clock = manualClock();

/** A device that listens, and what became of those who came. */
type Host = {
  readonly listener: PeerListener;
  readonly peers: PeerConnection[];
  readonly refusals: (string | undefined)[];
};

describe("two devices that meet", () => {
  let alice: PeerIdentity;
  let bob: PeerIdentity;
  let directory: TestDirectory;
  const cleanups: (() => unknown)[] = [];

  beforeEach(() => {
    alice = somebody(2);
    bob = somebody(1);
    directory = testDirectory(alice, bob);
  });
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  async function listen(options: Partial<ListenForPeersOptions> = {}): Promise<Host> {
    const peers: PeerConnection[] = [];
    const refusals: (string | undefined)[] = [];
    const listener = await listenForPeers({
      identity: alice,
      directory,
      host,
      port: 0,
      clock,
      recheckMs: 20,
      onPeer: (connection) => peers.push(connection),
      onError: (error) => refusals.push(errorCode(error)),
      ...options,
    });
    cleanups.push(() => listener.close());
    return { listener, peers, refusals };
  }

  function call(
    { listener: { port } }: Pick<Host, "listener">,
    identity: PeerIdentity = bob,
    options: { directory?: PeerDirectory; device?: PeerIdentity; timeoutMs?: number } = {},
  ): Promise<PeerConnection> {
    const { device } = options.device ?? alice;
    const connecting = connectToPeer({
      identity,
      directory: options.directory ?? directory,
      device,
      host,
      port,
      clock,
      recheckMs: 20,
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    });
    connecting.then(
      ({ socket }) => cleanups.push(() => socket.destroy()),
      () => {},
    );
    return connecting;
  }

  /** Nobody is let in and `code` is why. */
  async function turnsAway({ peers, refusals }: Host, code: string): Promise<void> {
    await until(`refusing with ${code}`, () => refusals.includes(code));
    expect(peers).to.deep.equal([]);
  }

  const answered = (connection: PeerConnection) =>
    once(connection.socket, "data").then(([bytes]) => String(bytes));

  it("know each other and exchange data, with keys of either type", async () => {
    const house = await listen();
    const outbound = await call(house);
    expect(outbound.peer).to.deep.equal({ device: alice.device, keyIndex: 0 });
    outbound.socket.write("good morning");
    const inbound = await until("letting in", () => house.peers[0]);
    expect(inbound.peer).to.deep.equal({ device: bob.device, keyIndex: 0 });
    expect(await answered(inbound)).to.equal("good morning");
    inbound.socket.write("you too");
    expect(await answered(outbound)).to.equal("you too");
    outbound.socket.end();
    expect(await inbound.ended).to.equal(undefined);
  });

  for (const [status, code] of [
    ["unknown", "DEVICE_UNKNOWN"],
    ["suspended", "DEVICE_SUSPENDED"],
    ["retired", "DEVICE_RETIRED"],
  ] as const) {
    it(`do not let each other in when one is ${status}`, async () => {
      const house = await listen();
      directory.change(bob.device, { status });
      expect(await refusalOf(call(house))).to.equal("PEER_REFUSED");
      await turnsAway(house, code);
      directory.enrol(bob);
      directory.change(alice.device, { status });
      expect(await refusalOf(call(house))).to.equal(code);
      await turnsAway(house, "PEER_REFUSED");
    });
  }

  it("refuse a key that was rotated out, on either side", async () => {
    const house = await listen();
    directory.change(bob.device, { keyIndex: 1 });
    expect(await refusalOf(call(house))).to.equal("PEER_REFUSED");
    await turnsAway(house, "PEER_KEY");
    directory.enrol(bob);
    directory.change(alice.device, { keyIndex: 1 });
    expect(await refusalOf(call(house))).to.equal("PEER_KEY");
    await turnsAway(house, "PEER_REFUSED");
  });

  it("refuse a clone: the right id and key index, with another key", async () => {
    const house = await listen();
    const clone = { ...bob, signer: newSigner(1) };
    expect(await refusalOf(call(house, clone))).to.equal("PEER_REFUSED");
    await turnsAway(house, "PEER_KEY");
    const impostor = await listen({ identity: { ...alice, signer: newSigner(2) } });
    expect(await refusalOf(call(impostor))).to.equal("PEER_KEY");
    await turnsAway(impostor, "PEER_REFUSED");
  });

  it("refuse a device of another deployment", async () => {
    const house = await listen();
    expect(await refusalOf(call(house, { ...bob, domain: otherDomain }))).to.equal(
      "PEER_SIGNATURE",
    );
    await turnsAway(house, "PEER_SIGNATURE");
    const abroad = await listen({ identity: { ...alice, domain: otherDomain } });
    expect(await refusalOf(call(abroad))).to.equal("PEER_SIGNATURE");
  });

  it("refuse an expired certificate, on either side", async () => {
    const house = await listen({ clock: manualClock(clock.nowMs() + 7_200_000) });
    expect(await refusalOf(call(house))).to.equal("PEER_EXPIRED");
    const late = await listen({ clock: manualClock(clock.nowMs() - 7_200_000) });
    expect(await refusalOf(call(late))).to.equal("PEER_EXPIRED");
    // Who holds another's certificate for good refuses nothing; the other side does.
    const careless = connectTls({ host, port: house.listener.port, ...(await asPeer(bob)) });
    cleanups.push(() => careless.destroy());
    careless.on("error", () => {});
    await turnsAway(house, "PEER_EXPIRED");
  });

  it("refuse any other device than the one called, and themselves", async () => {
    const house = await listen();
    expect(await refusalOf(call(house, bob, { device: somebody() }))).to.equal("PEER_DEVICE");
    expect(await refusalOf(call(house, alice))).to.equal("PEER_SELF");
    await turnsAway(house, "PEER_REFUSED");
  });

  it("let nobody in when their directory knows nothing recent", async () => {
    const stale = testDirectory(alice, bob);
    stale.fail();
    const house = await listen({ directory: stale });
    expect(await refusalOf(call(house))).to.equal("PEER_REFUSED");
    await turnsAway(house, "PEER_DIRECTORY");
    const open = await listen();
    expect(await refusalOf(call(open, bob, { directory: stale }))).to.equal("PEER_DIRECTORY");
    await turnsAway(open, "PEER_REFUSED");
  });

  const closed = (socket: Socket) =>
    new Promise<void>((resolve) => {
      socket.on("error", () => {});
      socket.resume();
      if (socket.closed) resolve();
      else socket.once("close", () => resolve());
    });

  it("do not wait for a directory that never answers", async () => {
    const mute: PeerDirectory = { lookup: () => new Promise(() => {}) };
    const house = await listen({ directory: mute, limits: { timeoutMs: 200 } });
    expect(await refusalOf(call(house))).to.equal("PEER_REFUSED");
    await turnsAway(house, "PEER_DIRECTORY");
    const open = await listen();
    const calling = call(open, bob, { directory: mute, timeoutMs: 200 });
    expect(await refusalOf(calling)).to.equal("PEER_DIRECTORY");
    await turnsAway(open, "PEER_REFUSED");
  });

  async function asPeer(identity: PeerIdentity) {
    const certificate = await createPeerCertificate({ identity, nowMs: clock.nowMs() });
    const { cert, key } = certificate;
    return { cert, key, rejectUnauthorized: false, ALPNProtocols: [peerProtocol] };
  }

  /** What a program that is no client of ours meets. */
  async function intrude(house: Host, options: ConnectionOptions): Promise<void> {
    const socket = connectTls({ host, port: house.listener.port, ...options });
    cleanups.push(() => socket.destroy());
    socket.on("error", () => {});
    socket.on("secureConnect", () => socket.write(Uint8Array.of(1, 2, 3)));
    await closed(socket);
    expect(house.peers).to.deep.equal([]);
  }

  it("speak TLS 1.3 only, with a certificate, as peers", async () => {
    const house = await listen();
    const good = await asPeer(bob);
    const { cert: _cert, key: _key, ...bare } = good;
    const { ALPNProtocols: _protocols, ...untold } = good;
    await intrude(house, { ...good, maxVersion: "TLSv1.2" });
    await turnsAway(house, "PEER_CONNECT");
    await intrude(house, bare);
    await turnsAway(house, "PEER_CERTIFICATE");
    house.refusals.length = 0;
    await intrude(house, untold);
    await turnsAway(house, "PEER_CONNECT");
  });

  it("connect to no server that speaks TLS 1.2, has no certificate of a device, or is mute", async () => {
    const identity = await asPeer(alice);
    const servers = [createTls({ ...identity, maxVersion: "TLSv1.2" }), createServer(() => {})];
    for (const server of servers) {
      const sockets: Socket[] = [];
      server.on("connection", (socket: Socket) => sockets.push(socket));
      server.listen(0, host);
      cleanups.push(() => {
        for (const socket of sockets) socket.destroy();
        server.close();
      });
      await once(server, "listening");
      const address = server.address();
      const port = typeof address === "object" ? (address?.port ?? 0) : 0;
      const refused = refusalOf(
        call({ listener: { port } as PeerListener }, bob, { timeoutMs: 200 }),
      );
      expect(await refused).to.equal("PEER_CONNECT");
    }
  });

  it("hand over nothing that a device sends before it is refused", async () => {
    const house = await listen();
    directory.change(bob.device, { status: "suspended" });
    await intrude(house, await asPeer(bob));
    await turnsAway(house, "DEVICE_SUSPENDED");
  });

  it("do not take a device whose side has not accepted yet", async () => {
    const house = await listen({ limits: { timeoutMs: 200 } });
    const silent = connectTls({ host, port: house.listener.port, ...(await asPeer(bob)) });
    cleanups.push(() => silent.destroy());
    silent.on("error", () => {});
    await turnsAway(house, "PEER_REFUSED");
  });

  it("are not fooled by a recording of an earlier connection: its certificate alone is worth nothing", async () => {
    const house = await listen();
    const sent: Buffer[] = [];
    const tap = createServer((socket) => {
      const onward = connectTcp(house.listener.port, host);
      socket.on("data", (bytes) => {
        sent.push(bytes);
        onward.write(bytes);
      });
      onward.pipe(socket);
      socket.on("close", () => onward.destroy());
      for (const end of [socket, onward]) end.on("error", () => {});
    });
    tap.listen(0, host);
    cleanups.push(() => tap.close());
    await once(tap, "listening");
    const address = tap.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    const genuine = await call({ listener: { port } as PeerListener });
    await until("letting in", () => house.peers.length === 1);
    genuine.socket.destroy();
    await until("closing", () => house.peers[0]?.socket.destroyed);
    const replay = connectTcp(house.listener.port, host);
    replay.on("error", () => {});
    replay.write(Buffer.concat(sent));
    await until("refusing", () => house.refusals.includes("PEER_CONNECT"));
    expect(house.peers.length).to.equal(1);
    replay.destroy();
  });

  it("part when one falls: the other side ends the connection with the reason", async () => {
    for (const [fallen, change, code] of [
      [() => bob, { status: "suspended" }, "DEVICE_SUSPENDED"],
      [() => alice, { keyIndex: 1 }, "PEER_KEY"],
    ] as const) {
      directory.enrol(alice, bob);
      const house = await listen();
      const outbound = await call(house);
      const inbound = await until("letting in", () => house.peers[0]);
      directory.change(fallen().device, change);
      clock.advance(20);
      const reasons = await Promise.all([outbound.ended, inbound.ended]);
      const found = reasons.map(errorCode);
      expect(found).to.include(code);
    }
  });

  it("part when one falls after the clocks were set back far", async () => {
    const house = await listen();
    const outbound = await call(house);
    await until("letting in", () => house.peers[0]);
    directory.change(bob.device, { status: "suspended" });
    clock.advance(-3_600_000);
    await house.peers[0]?.ended;
    await outbound.ended;
    clock.advance(3_600_000);
  });

  it("part when nobody can say any more how the other stands", async () => {
    const house = await listen();
    const outbound = await call(house);
    await until("letting in", () => house.peers[0]);
    directory.fail();
    clock.advance(20);
    const reasons = await Promise.all([outbound.ended, house.peers[0]?.ended]);
    expect(reasons.map(errorCode)).to.include("PEER_DIRECTORY");
  });

  it("stay connected while they stand as they were let in", async () => {
    const house = await listen();
    const outbound = await call(house);
    const inbound = await until("letting in", () => house.peers[0]);
    const before = directory.lookups;
    clock.advance(20);
    await until("looking again", () => directory.lookups >= before + 2);
    outbound.socket.write("still here");
    expect(await answered(inbound)).to.equal("still here");
  });

  it("keep strangers few: so many silent connections of one address, so many of one device", async () => {
    const house = await listen({ limits: { waitingPerAddress: 2, perDevice: 1, timeoutMs: 300 } });
    const silent = [1, 2, 3].map(() => connectTcp(house.listener.port, host));
    await Promise.all(silent.map(closed));
    await call(house);
    await until("letting in", () => house.peers.length === 1);
    expect(await refusalOf(call(house))).to.equal("PEER_REFUSED");
    await until("refusing", () => house.refusals.includes("PEER_BUSY"));
    expect(house.peers.length).to.equal(1);
  });

  it("keep their peers few, whoever they are", async () => {
    const carol = somebody(2);
    directory.enrol(carol);
    const house = await listen({ limits: { peers: 1 } });
    await call(house);
    await until("letting in", () => house.peers.length === 1);
    expect(await refusalOf(call(house, carol))).to.equal("PEER_REFUSED");
    await until("refusing", () => house.refusals.includes("PEER_BUSY"));
  });

  it("get a new certificate while they listen, and another key after a rotation", async () => {
    const house = await listen();
    const shown = async () => {
      const socket = connectTls({ host, port: house.listener.port, ...(await asPeer(bob)) });
      await once(socket, "secureConnect");
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      return certificate?.fingerprint256;
    };
    const first = await shown();
    expect(first).to.match(/^[0-9A-F:]{95}$/);
    expect(await shown()).to.equal(first);
    clock.advance((maxPeerCertificateLifeS * 1000) / 2);
    await until("a new certificate", async () => (await shown()) !== first);
    const next = newSigner(2);
    directory.enrol({ ...alice, signer: next, keyIndex: 1 });
    expect(await refusalOf(call(house))).to.equal("PEER_KEY");
    await house.listener.rotateTo(next, 1);
    expect((await call(house)).peer.keyIndex).to.equal(1);
  });
});
