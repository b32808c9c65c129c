import { type BlockList, isIPv6 } from 'node:net';

const IPV4_IN_IPV6 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** The address of an IPv4 client as such, also where a socket for both families shows it as `::ffff:1.2.3.4`. */
export function plainAddress(address: string): string {
  return IPV4_IN_IPV6.exec(address)?.[1] ?? address;
}

/** Whether one of the addresses or networks of a list is, or contains, this address. */
export function isListed(list: BlockList, address: string): boolean {
  // A link-local address comes with the name of an interface, which is no part of a network.
  const [plain = ''] = plainAddress(address).split('%');
  return list.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
}
