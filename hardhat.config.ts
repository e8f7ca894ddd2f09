import { createRequire } from "node:module";
import hardhatToolboxMochaEthers from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { defineConfig } from "hardhat/config";

const solcPath = createRequire(import.meta.url).resolve("solc/soljson.js");
const compiler = {
  version: "0.8.37",
  path: solcPath,
  settings: { evmVersion: "cancun", viaIR: true, optimizer: { enabled: true, runs: 10_000 } },
};

export default defineConfig({
  plugins: [hardhatToolboxMochaEthers],
  solidity: { profiles: { default: compiler, production: compiler } },
  paths: {
    sources: "./contracts",
    ignition: "deploy",
    tests: { mocha: "./test/chain", solidity: "./test/solidity" },
  },
  typechain: { outDir: "./types/src" },
  networks: {
    osaka: { type: "edr-simulated", chainType: "l1", hardfork: "osaka" },
    cancun: { type: "edr-simulated", chainType: "l1", hardfork: "cancun" },
  },
});
