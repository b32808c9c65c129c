import { BlockList } from 'node:net';
import { expect, it } from 'vitest';
import { MessageQueue } from './message-queue.js';
import { Reception } from './reception.js';

function receptionFor(...subnets: [net: string, bits: number, family: 'ipv4' | 'ipv6'][]): Reception {
  const list = new BlockList();
  for (const subnet of subnets) list.addSubnet(...subnet);
  const bounds = { messages: 1, bytes: 1 };
  return new Reception(new MessageQueue(bounds, bounds, () => undefined), list);
}

it('admits the addresses of the networks it is given, however they are written', () => {
  const reception = receptionFor(['10.0.0.0', 8, 'ipv4'], ['fe80::', 10, 'ipv6']);
  for (const address of ['10.1.2.3', '::ffff:10.1.2.3', 'fe80::1', 'fe80::1%eth0']) {
    expect(reception.admits(address), address).toBe(true);
  }
  for (const address of ['11.0.0.1', '::ffff:11.0.0.1', '::1', '::10.1.2.3', '2001:db8::1%eth0']) {
    expect(reception.admits(address), address).toBe(false);
  }
});

it('says the same when it is asked again, also after very many others', () => {
  const reception = receptionFor(['10.0.0.0', 8, 'ipv4']);
  for (let n = 0; n < 5000; n++) {
    expect(reception.admits(`10.0.${n >> 8}.${n & 255}`)).toBe(true);
    expect(reception.admits(`11.0.${n >> 8}.${n & 255}`)).toBe(false);
  }
  expect(reception.admits('10.0.0.0')).toBe(true);
  expect(reception.admits('11.0.0.0')).toBe(false);
});
