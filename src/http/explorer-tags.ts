/** The groups of the explorer, named as in the reference, in the order in which somebody new needs them. */
export const TAGS = {
  auth: 'Log in, see who you are, keep tokens for programs.',
  backup:
    'Save a database while everything keeps running, put it back, and see what was saved and put back when.',
  acls: 'Who may do what: roles hold permissions, users have roles.',
  streams: 'Where logs are stored: query, configure, purge.',
  pipelines: 'The ways that logs take from their arrival to streams, and the arrival itself.',
  transformers: 'Scripts that change a log on its way.',
  alerts: 'Webhooks that are told of a log on its way.',
  tests: 'Try out transformers, pipelines and alerts without storing anything.',
};

export type Tag = keyof typeof TAGS;
