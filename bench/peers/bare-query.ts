import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import sqlite3 from 'sqlite3';

/**
 * The least that a server in Node can do with a query: the driver of SQLite runs one statement, prepared before, which puts
 * the whole answer together. The statement is the body of the request, and gives rows of one column `record`; the
 * parameter of the command line is the database.
 */
const database = new sqlite3.Database(process.argv[2]!, sqlite3.OPEN_READONLY);
const prepared = new Map<string, sqlite3.Statement>();

function statementFor(sql: string): sqlite3.Statement {
  let statement = prepared.get(sql);
  if (!statement) {
    statement = database.prepare(`SELECT CAST(group_concat(record) AS BLOB) AS text FROM (${sql})`);
    prepared.set(sql, statement);
  }
  return statement;
}

const server = createServer((request, response) => {
  let sql = '';
  request.setEncoding('utf8').on('data', (text: string) => (sql += text));
  request.on('end', () => {
    statementFor(sql).all((error: Error | null, rows: { text: Buffer }[]) => {
      if (error) response.writeHead(500).end(error.message);
      else response.end(rows[0]!.text);
    });
  });
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
