import { performance } from "node:perf_hooks";
import { createLoginToken, hex } from "@fieldseal/sdk";
import { startAnvil } from "../../test/support/chain.ts";
import { deployOn } from "../../test/support/deployment.ts";
import { type PlainClient, plainClient } from "../../test/support/mqtt-account.ts";
import { runOracle } from "../../test/support/running-oracle.ts";
import { temporaryFolder } from "../../test/support/service.ts";
import type { Figures } from "../results/figures.ts";
import { quantile } from "./measure-rate.ts";

const devices = 20;

const closed = ({ client }: PlainClient) =>
  new Promise<number>((resolve) => client.once("close", () => resolve(performance.now())));

/** From the block that suspends a device, mined and not final, to the end of its session at the embedded broker. */
export async function measureCuts(): Promise<Figures> {
  const folder = temporaryFolder();
  const node = await startAnvil();
  const deployment = await deployOn(node);
  const oracle = await runOracle(deployment, folder.path);
  try {
    const owner = deployment.owner(2);
    const audience = `${hex(deployment.domain)}/fieldseal`;
    const clients: { id: string; client: PlainClient }[] = [];
    const fleet = [];
    for (let i = 0; i < devices; i++) fleet.push(await owner.enrol(2, deployment.logId));
    const enrolled = await deployment.provider.getBlockNumber();
    await node.mine(3);
    await oracle.client.followed(enrolled);
    for (const { id, signer } of fleet) {
      const nowS = Math.floor(Date.now() / 1000);
      const password = await createLoginToken({
        signer,
        device: id,
        audience,
        nowS,
        lifetimeS: 3600,
      });
      clients.push({ id, client: await plainClient(oracle.mqtt, { who: id, password }) });
    }
    const times: number[] = [];
    for (const { id, client } of clients) {
      const cut = closed(client);
      await owner.send("suspend", id);
      const minedMs = performance.now();
      times.push((await cut) - minedMs);
      client.end();
    }
    return {
      "access.cut_after_block_median_ms": quantile(times, 0.5),
      "access.cut_after_block_max_ms": Math.max(...times),
    };
  } finally {
    await oracle.stop();
    deployment.provider.destroy();
    await node.stop();
    folder.remove();
  }
}
