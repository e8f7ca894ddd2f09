/** A public chain that the contracts are made for. */
export type PublicNetwork = {
  readonly chainId: number;
  readonly chainType: "l1" | "op" | "generic";
  /** Variable that holds another JSON-RPC URL, in the environment, `.env` or Hardhat's keystore. */
  readonly urlVariable: string;
  /** A public JSON-RPC URL for when the variable is not set. */
  readonly url: string;
  readonly currency: string;
};

/** Variable of the key that pays for a deployment. */
export const deployerKeyVariable = "FIELDSEAL_DEPLOYER_KEY";

/** Networks by the name that `--network` takes. */
export const publicNetworks = {
  sepolia: {
    chainId: 11155111,
    chainType: "l1",
    urlVariable: "SEPOLIA_RPC_URL",
    url: "https://ethereum-sepolia-rpc.publicnode.com",
    currency: "ETH",
  },
  baseSepolia: {
    chainId: 84532,
    chainType: "op",
    urlVariable: "BASE_SEPOLIA_RPC_URL",
    url: "https://sepolia.base.org",
    currency: "ETH",
  },
  optimismSepolia: {
    chainId: 11155420,
    chainType: "op",
    urlVariable: "OPTIMISM_SEPOLIA_RPC_URL",
    url: "https://sepolia.optimism.io",
    currency: "ETH",
  },
  arbitrumSepolia: {
    chainId: 421614,
    chainType: "generic",
    urlVariable: "ARBITRUM_SEPOLIA_RPC_URL",
    url: "https://sepolia-rollup.arbitrum.io/rpc",
    currency: "ETH",
  },
  iotexTestnet: {
    chainId: 4690,
    chainType: "generic",
    urlVariable: "IOTEX_TESTNET_RPC_URL",
    url: "https://babel-api.testnet.iotex.io",
    currency: "IOTX",
  },
  iotaEvmTestnet: {
    chainId: 1076,
    chainType: "generic",
    urlVariable: "IOTA_EVM_TESTNET_RPC_URL",
    url: "https://json-rpc.evm.testnet.iota.cafe",
    currency: "IOTA",
  },
} as const satisfies Record<string, PublicNetwork>;
