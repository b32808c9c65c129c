import express from 'express';
import type { AddressInfo } from 'node:net';

/** Express with its JSON parser and one route: what a request costs before anything is done with it. */
const application = express();
application.use(express.json());
application.post('/api/v1/pipelines/:pipeline/logs', (_request, response) => {
  response.json({ success: true });
});
const server = application.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
