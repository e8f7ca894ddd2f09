import type { Figures } from "../results/figures.ts";
import { measureCodeSizes } from "./code-sizes.ts";
import { deployFieldseal } from "./deploy-fieldseal.ts";
import { startGasChain } from "./gas-chain.ts";
import { measureGrants } from "./grants-gas.ts";
import { measureKeyChecks } from "./key-check-gas.ts";
import { measureLog } from "./log-gas.ts";
import { measureManifests } from "./manifest-gas.ts";
import { measureEas } from "./peer-eas.ts";
import { measureEthrDid } from "./peer-ethr-did.ts";
import { measureProofs } from "./proof-gas.ts";
import { measureRegistry } from "./registry-gas.ts";

const readings = 100_000;

function gasRatios(figures: Figures): Figures {
  const of = (key: string) => figures[key] ?? Number.NaN;
  const append = of("gas.append_3of4");
  return {
    "ratio.enrol_to_ethr_did_attribute": of("gas.enrol") / of("peer.ethr_did_set_attribute_signed"),
    "ratio.grant_to_ethr_did_delegate": of("gas.grant") / of("peer.ethr_did_add_delegate"),
    "ratio.seal_100000_to_eas_attest": append / (readings * of("peer.eas_attest")),
    "ratio.seal_100000_to_eas_multi_timestamp":
      append / (readings * of("peer.eas_multi_timestamp_each")),
    "ratio.use_reading_to_calldata_floor":
      of("gas.use_reading_depth17") / of("gas.use_reading_depth17_floor"),
  };
}

/**
 * Gas of every state-changing function and of the questions contracts ask, code sizes, and the peers that npm
 * carries. Keys, blocks and times are fixed: the figures depend on the compiled contracts alone.
 */
export async function measureGas(): Promise<Figures> {
  const osaka = await startGasChain("osaka");
  const cancun = await startGasChain("cancun");
  try {
    const deployed = await deployFieldseal(osaka);
    const figures = {
      ...measureCodeSizes(),
      ...(await measureRegistry(deployed)),
      ...(await measureManifests(deployed)),
      ...(await measureLog(deployed)),
      ...(await measureProofs(deployed)),
      ...(await measureKeyChecks(osaka, cancun)),
      ...(await measureGrants(deployed)),
      ...(await measureEthrDid(osaka)),
      ...(await measureEas(osaka)),
    };
    return { ...figures, ...gasRatios(figures) };
  } finally {
    await osaka.close();
    await cancun.close();
  }
}
