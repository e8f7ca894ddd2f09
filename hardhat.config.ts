import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import hardhatToolboxMochaEthers from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { config as loadEnvFile } from "dotenv";
import { configVariable, defineConfig } from "hardhat/config";
import type { HttpNetworkUserConfig } from "hardhat/types/config";
import { deployerKeyVariable, type PublicNetwork, publicNetworks } from "./deploy/networks.ts";

loadEnvFile({ quiet: true });

const solcPath = createRequire(import.meta.url).resolve("solc/soljson.js");
const compiler = {
  version: "0.8.37",
  path: solcPath,
  settings: { evmVersion: "cancun", viaIR: true, optimizer: { enabled: true, runs: 10_000 } },
};

function publicNetwork(network: PublicNetwork): HttpNetworkUserConfig {
  const { chainId, chainType, urlVariable, url } = network;
  return {
    type: "http",
    chainId,
    chainType,
    url: configVariable(urlVariable, { default: url }),
    accounts: [configVariable(deployerKeyVariable)],
  };
}

// Tests deploy the contracts' own artifacts (vm.getCode), so they need no optimizer themselves: it would take minutes.
// The one that inlines OpenZeppelin's P256 compiles with it only.
const plain = { ...compiler, settings: { evmVersion: "cancun" } };
const overrides: Record<string, typeof compiler | typeof plain> = Object.fromEntries(
  readdirSync(new URL("test/solidity", import.meta.url))
    .filter((name) => name.endsWith(".t.sol") && name !== "GoldenVectors.t.sol")
    .map((name) => [`test/solidity/${name}`, plain]),
);
// Many functions, each called rarely: optimised for 10,000 runs it would be over the size limit of 24,576 bytes, and
// enrolment would cost half a percent less.
overrides["contracts/identity/DeviceRegistry.sol"] = {
  ...compiler,
  settings: { ...compiler.settings, optimizer: { enabled: true, runs: 200 } },
};
const profile = { compilers: [compiler], overrides };

export default defineConfig({
  plugins: [hardhatToolboxMochaEthers],
  solidity: { profiles: { default: profile, production: profile } },
  paths: {
    sources: "./contracts",
    ignition: "deploy",
    tests: { mocha: "./test/chain", solidity: "./test/solidity" },
  },
  test: { solidity: { fuzz: { runs: 64, seed: "0x5ea1" }, invariant: { runs: 16, depth: 24 } } },
  typechain: { outDir: "./types/src" },
  networks: {
    osaka: { type: "edr-simulated", chainType: "l1", hardfork: "osaka" },
    cancun: { type: "edr-simulated", chainType: "l1", hardfork: "cancun" },
    localhost: { type: "http", url: "http://127.0.0.1:8545" },
    // What `npm run deploy -- --rpc URL` takes its key from.
    custom: {
      type: "http",
      url: "http://127.0.0.1:8545",
      accounts: [configVariable(deployerKeyVariable)],
    },
    sepolia: publicNetwork(publicNetworks.sepolia),
    baseSepolia: publicNetwork(publicNetworks.baseSepolia),
    optimismSepolia: publicNetwork(publicNetworks.optimismSepolia),
    arbitrumSepolia: publicNetwork(publicNetworks.arbitrumSepolia),
    iotexTestnet: publicNetwork(publicNetworks.iotexTestnet),
    iotaEvmTestnet: publicNetwork(publicNetworks.iotaEvmTestnet),
  },
  chainDescriptors: {
    4690: {
      name: "IoTeX testnet",
      chainType: "generic",
      blockExplorers: {
        blockscout: {
          name: "IoTeX Scout",
          url: "https://testnet.iotexscout.io",
          apiUrl: "https://testnet.iotexscout.io/api",
        },
      },
    },
    1076: {
      name: "IOTA EVM testnet",
      chainType: "generic",
      blockExplorers: {
        blockscout: {
          name: "IOTA EVM explorer",
          url: "https://explorer.evm.testnet.iota.cafe",
          apiUrl: "https://explorer.evm.testnet.iota.cafe/api",
        },
      },
    },
  },
  verify: { etherscan: { apiKey: configVariable("ETHERSCAN_API_KEY") } },
});
