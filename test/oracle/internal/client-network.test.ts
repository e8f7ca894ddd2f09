import { expect } from "chai";
import { clientNetwork } from "../../../oracle/src/internal/client-network.ts";

describe("whom an address is counted as", () => {
  it("is itself for IPv4, also where it came by an IPv6 socket", () => {
    expect(clientNetwork("192.0.2.1")).to.equal("192.0.2.1");
    expect(clientNetwork("::ffff:192.0.2.1")).to.equal("192.0.2.1");
    expect(clientNetwork("")).to.equal("");
  });

  it("is the /64 for IPv6, however it is written", () => {
    for (const address of [
      "2001:db8::1",
      "2001:db8:0:0:ffff:1:2:3",
      "2001:0db8::dead:beef",
      "2001:db8::192.0.2.1",
    ]) {
      expect(clientNetwork(address), address).to.equal("2001:db8:0:0::/64");
    }
    expect(clientNetwork("2001:db8:0:1::1")).to.equal("2001:db8:0:1::/64");
    expect(clientNetwork("fe80::1%eth0")).to.equal("fe80:0:0:0::/64");
    expect(clientNetwork("::1")).to.equal("0:0:0:0::/64");
    expect(clientNetwork("1:2:3:4:5:6:7:8")).to.equal("1:2:3:4::/64");
  });
});
