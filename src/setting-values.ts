import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

/** The kinds of values that settings have: how the text is read, and the words for what is accepted. */

const TRUE_WORDS = ['1', 't', 'T', 'true', 'TRUE', 'True'];
const FALSE_WORDS = ['0', 'f', 'F', 'false', 'FALSE', 'False'];

export const flag = z
  .enum([...TRUE_WORDS, ...FALSE_WORDS], { error: 'true or false' })
  .transform((word) => TRUE_WORDS.includes(word))
  .prefault('false');

export const path = z.string();

/** One of a few words; the first one is the default. */
export function oneOf<Word extends string>(...words: [Word, Word]) {
  return z.enum(words, { error: words.join(' or ') }).prefault(words[0]);
}

export function wholeNumber(standard: number, unit: string, least = 0) {
  const accepted = `a whole number of ${unit}, ${least} or more`;
  return z
    .string()
    .regex(/^\d{1,12}$/, accepted)
    .transform(Number)
    .refine((value) => value >= least, accepted)
    .prefault(String(standard));
}

export interface BindAddress {
  host: string;
  port: number;
  /** True when only programs on this machine can reach the address. */
  loopback: boolean;
}

/** `host:port`, `[ipv6]:port`, or `:port` for every interface; port 0 lets the system choose. */
export function bindAddress(standard: string) {
  return z
    .string()
    .transform((text, context): BindAddress => {
      const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(text);
      const port = Number(parts?.[3]);
      if (!parts || port > 65535) {
        context.addIssue({ code: 'custom', message: 'host:port, [ipv6]:port or :port' });
        return z.NEVER;
      }
      const host = parts[1] ?? (parts[2] || '::');
      const loopback = host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
      return { host, port, loopback };
    })
    .prefault(standard);
}

/** JSON of a shape. What is wrong with it is told by where it is, never by what it says: there may be secrets in it. */
export function jsonValue<Shape extends z.ZodType>(shape: Shape) {
  return z.string().transform((text, context): z.output<Shape> => {
    const problem = (message: string) => {
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    };
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return problem('JSON');
    }
    const parsed = shape.safeParse(value);
    if (parsed.success) return parsed.data;
    const { path: where, message } = parsed.error.issues[0]!;
    return problem(`JSON in which ${where.join('.') || 'all of it'} is right: ${message}`);
  });
}

/** Origins as browsers send them (`https://logs.example.org:8443`), separated by commas. */
export const originList = z.string().transform((text, context): string[] => {
  const origins = text.split(',').map((part) => part.trim());
  if (!origins.every(isOrigin)) {
    context.addIssue({
      code: 'custom',
      message: 'exact origins (https://logs.example.org), with commas between; * is none',
    });
    return z.NEVER;
  }
  return origins;
});

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

/** Addresses and networks (`10.0.0.0/8`), separated by commas. */
export const addressList = z.string().transform((text, context): BlockList => {
  const list = new BlockList();
  for (const item of text.split(',').map((part) => part.trim())) {
    const [address = '', prefix, ...rest] = item.split('/');
    const family = isIP(address);
    const most = family === 6 ? 128 : 32;
    const bits = prefix === undefined ? most : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Infinity;
    if (family === 0 || bits > most || rest.length > 0) {
      context.addIssue({
        code: 'custom',
        message: 'IP addresses or networks (10.0.0.0/8), with commas between',
      });
      return z.NEVER;
    }
    list.addSubnet(address, bits, family === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
});
