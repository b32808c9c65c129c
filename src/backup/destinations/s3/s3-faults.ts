import { type DestinationFault, DestinationError } from '../destination.js';
import { full, noSuchFile } from '../faults.js';

interface Meaning {
  fault: DestinationFault;
  /** What is said behind the name of the destination. */
  words: string;
  retriable?: boolean;
}

/** As much as is looked at of an error of the SDK, of Node, or of TLS. */
interface ForeignError {
  name?: string;
  message?: string;
  code?: string | number;
  cause?: unknown;
  $metadata?: { httpStatusCode?: number };
  $response?: { headers?: Record<string, string> };
  ServerTime?: string;
}

const NO_ACCESS =
  'refused the keys: see that they are the right ones and may read, write, list and remove there';
const NO_KEYS =
  'has no keys: name access_key_id_file and secret_access_key_file in FLOWG_BACKUP_DESTINATIONS, or give the server ' +
  'keys in a way that the AWS SDK finds';
const NO_ADDRESS = 'has an address whose name is unknown: see the endpoint, the region and the DNS';
const NO_CONNECTION = 'cannot be reached: see the endpoint, the network and whether it is running';
const NO_TRUST =
  'shows a certificate that is not trusted here: see the endpoint, or name the authority in NODE_EXTRA_CA_CERTS';
const NO_BUCKET = 'has no such bucket: make it, or name another one in FLOWG_BACKUP_DESTINATIONS';
const OTHER_REGION = 'has its bucket in another region or at another endpoint: name those';
const OTHER_BYTES = 'got other bytes than were sent, and refused them: see what lies between, and try again';
const NO_SUCH_ABILITY =
  'does not know what the server asked it for: use another one that speaks the protocol of S3';
const BUSY = 'has too much to do, or fails for the moment: try again later';

/** By the name of an error, or the code of the system. */
const BY_NAME = new Map<string, Meaning>([
  ...all(['AccessDenied', 'InvalidAccessKeyId', 'SignatureDoesNotMatch', 'ExpiredToken', 'InvalidToken'], {
    fault: 'denied',
    words: NO_ACCESS,
  }),
  ...all(['CredentialsProviderError'], { fault: 'denied', words: NO_KEYS }),
  ...all(['NoSuchBucket'], { fault: 'misconfigured', words: NO_BUCKET }),
  ...all(['PermanentRedirect', 'AuthorizationHeaderMalformed', 'IllegalLocationConstraintException'], {
    fault: 'misconfigured',
    words: OTHER_REGION,
  }),
  ...all(
    ['SlowDown', 'ServiceUnavailable', 'InternalError', 'RequestTimeout', 'XMinioServerNotInitialized'],
    {
      fault: 'unreachable',
      words: BUSY,
      retriable: true,
    },
  ),
  ...all(['BadDigest', 'XAmzContentChecksumMismatch', 'XAmzContentSHA256Mismatch'], {
    fault: 'unreachable',
    words: OTHER_BYTES,
    retriable: true,
  }),
  ...all(['ENOTFOUND', 'EAI_AGAIN'], { fault: 'unreachable', words: NO_ADDRESS, retriable: true }),
  ...all(
    ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT', 'TimeoutError'],
    {
      fault: 'unreachable',
      words: NO_CONNECTION,
      retriable: true,
    },
  ),
]);

/** By the status of an answer that says nothing better. */
const BY_STATUS: Record<number, Meaning> = {
  301: { fault: 'misconfigured', words: OTHER_REGION },
  307: { fault: 'misconfigured', words: OTHER_REGION },
  401: { fault: 'denied', words: NO_ACCESS },
  403: { fault: 'denied', words: NO_ACCESS },
  501: { fault: 'misconfigured', words: NO_SUCH_ABILITY },
  429: { fault: 'unreachable', words: BUSY, retriable: true },
};

const FULL_NAMES = new Set(['QuotaExceeded', 'XMinioStorageFull', 'InsufficientStorage']);
const FULL_STATUS = 507;
const MOST_LOGGED = 500;

/**
 * What an error of a request means to an operator. No text of the error is told: who knows what is in it.
 * @param file that was asked for, where it may be that there is none.
 */
export function s3Fault(destination: string, error: unknown, file?: string): DestinationError {
  if (error instanceof DestinationError) return error;
  const foreign = (error ?? {}) as ForeignError;
  if (file !== undefined && isMissing(foreign)) return noSuchFile(destination, file);
  if (isFull(foreign)) return full(destination, withoutSecrets(foreign));
  const { fault, words, retriable } = meaningOf(foreign);
  return new DestinationError(fault, `the destination "${destination}" ${words}`, retriable ?? false, {
    cause: withoutSecrets(foreign),
  });
}

function isMissing({ name, $metadata }: ForeignError): boolean {
  return name === 'NoSuchKey' || (name !== 'NoSuchBucket' && $metadata?.httpStatusCode === 404);
}

function isFull({ name = '', $metadata }: ForeignError): boolean {
  return FULL_NAMES.has(name) || $metadata?.httpStatusCode === FULL_STATUS;
}

function meaningOf(error: ForeignError): Meaning {
  const { name = '', $metadata } = error;
  const code = typeof error.code === 'string' ? error.code : '';
  const status = $metadata?.httpStatusCode;
  if (name === 'RequestTimeTooSkewed') return { fault: 'misconfigured', words: clocks(error) };
  if (/CERT|SIGNED|SIGNATURE|^ERR_TLS|^ERR_SSL|^EPROTO$/.test(code))
    return { fault: 'unreachable', words: NO_TRUST };
  const known = BY_NAME.get(name) ?? BY_NAME.get(code) ?? BY_STATUS[status ?? 0];
  if (known) return known;
  if (status !== undefined && status >= 500) return { fault: 'unreachable', words: BUSY, retriable: true };
  if (status !== undefined && status >= 400)
    return {
      fault: 'misconfigured',
      words: `answered ${status}: see its settings; the server's log has more`,
    };
  return {
    fault: 'unreachable',
    words: 'gave no answer that makes sense: see the endpoint',
    retriable: true,
  };
}

function clocks(error: ForeignError): string {
  const theirs = new Date(error.ServerTime ?? error.$response?.headers?.date ?? '');
  const told = Number.isNaN(theirs.getTime()) ? '' : ` there it is ${theirs.toISOString()},`;
  return `refused a request for its time:${told} here it is ${new Date().toISOString()}: set the clock that is wrong`;
}

/** Errors of the SDK carry requests and answers with them, which must not come into a log; nor more than one line. */
function withoutSecrets({ name, message = '', code, $metadata }: ForeignError): Error {
  const facts = `${name ?? 'error'} ${String(code ?? $metadata?.httpStatusCode ?? '')}`;
  return new Error(`${facts}: ${message}`.replaceAll(/\s+/g, ' ').slice(0, MOST_LOGGED));
}

function all(names: string[], meaning: Meaning): [string, Meaning][] {
  return names.map((name) => [name, meaning]);
}
