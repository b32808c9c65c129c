import type { SecurityHeadersOptions } from '@nestjs/common';

/**
 * What a browser may do with an answer: the explorer loads its own files, talks to this server and is shown in no frame.
 * Left out on purpose: everything that would turn `http://` into `https://`, since TLS may end in front of the server,
 * and a promise to speak TLS would count for every port of the host.
 */
export const SECURITY_HEADERS: SecurityHeadersOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: "'self'",
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      objectSrc: "'none'",
      baseUri: "'none'",
      formAction: "'none'",
      frameAncestors: "'none'",
    },
  },
  strictTransportSecurity: false,
  // For browsers that nobody uses any more.
  xFrameOptions: false,
  xDownloadOptions: false,
  xDnsPrefetchControl: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
};
