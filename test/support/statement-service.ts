import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  encodeSignedStatement,
  fromHex,
  type GrantStatement,
  logDomain,
  noEndS,
  parseDeviceId,
  type SignedStatement,
  signStatement,
} from "@fieldseal/sdk";
import { signRecoverable } from "@fieldseal/sdk/node";
import { AccessGrants__factory, DeviceRegistry__factory } from "@fieldseal/typechain";
import { testKey } from "./chain.ts";
import type { TestDeployment } from "./deployment.ts";

/** A committee of one, the log's operator, that states over HTTP what AccessGrants answers, and nothing else. */
export async function statementService(deployment: TestDeployment) {
  const { provider, registry, accessGrants, chainId, log, logId } = deployment;
  const grants = AccessGrants__factory.connect(accessGrants, provider);
  const devices = DeviceRegistry__factory.connect(registry, provider);
  const domain = logDomain(chainId, log);
  const operator = fromHex(testKey(1));

  /** By the word of the device's owner; undefined if he does not grant it. */
  async function state(query: URLSearchParams): Promise<SignedStatement | undefined> {
    const device = parseDeviceId(query.get("device") ?? "");
    const commander = parseDeviceId(query.get("commander") ?? "");
    const permissions = BigInt(query.get("permission") ?? "0");
    const block = await provider.getBlock("latest");
    if (block === null) return undefined;
    const { owner } = await devices.device(device);
    if (!(await grants.allowed(device, owner, commander, permissions))) return undefined;
    const { keyIndex, status } = await devices.device(commander);
    const signer = status === 0n ? commander : await devices.keyIdOf(commander, keyIndex);
    const given = await grants.grantOf(device, owner, commander);
    const window = await grants.emergencyOf(device, commander);
    const isGiven = (given.permissions & permissions) === permissions;
    const isOwner = owner.toLowerCase() === commander;
    const until = isGiven ? given.until : window.until;
    const statement: GrantStatement = {
      logId,
      epoch: 0,
      device,
      grantor: parseDeviceId(owner),
      commander,
      signer: parseDeviceId(signer),
      permissions,
      until: isOwner ? noEndS : until,
      block: BigInt(block.number),
      blockTime: BigInt(block.timestamp),
      challenge: BigInt(query.get("challenge") ?? "0"),
    };
    const sign = (digest: Uint8Array) => signRecoverable(digest, operator);
    return { statement, signatures: [signStatement(statement, domain, sign)] };
  }

  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "/", "http://localhost");
    state(searchParams).then(
      (statement) => {
        if (statement === undefined) response.writeHead(403).end();
        else response.end(encodeSignedStatement(statement));
      },
      () => response.writeHead(500).end(),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
