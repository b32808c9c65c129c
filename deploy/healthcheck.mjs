// Asks the server of this machine whether it is well: exit code 0 or 1. For the image, which has no curl.
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { readSettings } from '../dist/src/settings.js';

const { address, tls } = readSettings(process.env).management;
const host = ['0.0.0.0', '::'].includes(address.host) ? 'localhost' : address.host;
const request = tls ? requestHttps : requestHttp;

// The certificate bears the name that others call the server by, not `localhost`.
const options = { host, port: address.port, path: '/health', timeout: 4000, rejectUnauthorized: false };
request(options, (response) => process.exit(response.statusCode === 200 ? 0 : 1))
  .on('timeout', () => process.exit(1))
  .on('error', () => process.exit(1))
  .end();
