import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { BlockList, isIP } from 'node:net';

/** Private, loopback, link-local, multicast and reserved, after the registries of special-purpose addresses of IANA. */
const SPECIAL = new BlockList();
for (const network of [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/127',
  // Addresses of IPv4 in another dress; those that are mapped are looked at as what they are.
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'ff00::/8',
]) {
  const [address, bits] = network.split('/');
  SPECIAL.addSubnet(address!, Number(bits), isIP(address!) === 6 ? 'ipv6' : 'ipv4');
}

/** @param address of IPv4 or IPv6. */
export function isPrivateAddress(address: string): boolean {
  return SPECIAL.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

export class PrivateAddressError extends Error {
  constructor(host: string) {
    super(`${host} is a private address, which alerts may not call on this server`);
  }
}

type Answer = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

/** The system's own look-up, failing where any of the addresses is private: there is no second look that could differ. */
export function publicLookup(host: string, options: LookupOptions, answer: Answer): void {
  systemLookup(host, { ...options, all: true }, (error, addresses) => {
    if (error) return answer(error, []);
    const refused = addresses.find(({ address }) => isPrivateAddress(address));
    if (refused) return answer(new PrivateAddressError(`${host} (${refused.address})`), []);
    if (options.all) return answer(null, addresses);
    return answer(null, addresses[0]!.address, addresses[0]!.family);
  });
}
