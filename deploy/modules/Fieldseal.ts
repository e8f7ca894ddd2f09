import { buildModule } from "@nomicfoundation/ignition-core";

/** Name of the module in parameter files. */
export const moduleName = "Fieldseal";

/**
 * The contracts of Fieldseal. Parameter `p256Route`: 0 the precompile at 0x100 where the chain has it and Solidity
 * elsewhere, 1 IoTeX's precompile at 0x8001; the deploy script takes it from its probe.
 */
export default buildModule(moduleName, (m) => {
  const p256Route = m.getParameter("p256Route");
  const keyVerifiers = m.contract("KeyVerifiers", [p256Route]);
  const deviceRegistry = m.contract("DeviceRegistry", [p256Route]);
  const accessGrants = m.contract("AccessGrants", [deviceRegistry]);
  const readingLog = m.contract("ReadingLog", [deviceRegistry]);
  return { keyVerifiers, deviceRegistry, accessGrants, readingLog };
});
