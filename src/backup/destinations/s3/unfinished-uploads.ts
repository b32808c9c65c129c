import type { ListMultipartUploadsCommandOutput } from '@aws-sdk/client-s3';
import type { S3Session } from './s3-session.js';

/**
 * Gives up uploads in parts that nobody is making any more. Some providers list them only by the whole name of an object: of
 * those none is found.
 * @param isMeant which of them, by the names of their files.
 * @returns those names.
 * @throws DestinationError.
 */
export async function abortUploads(
  session: S3Session,
  prefix: string,
  isMeant: (name: string) => boolean,
): Promise<string[]> {
  const { sdk, client } = session;
  const { Bucket, Key: Prefix } = session.place(prefix);
  const folder = session.settings.prefix;
  const aborted: string[] = [];
  let markers: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
  while (markers !== undefined) {
    const list = new sdk.ListMultipartUploadsCommand({ Bucket, Prefix, ...markers });
    const page: ListMultipartUploadsCommandOutput = await session.ask((options) =>
      client.send(list, options),
    );
    for (const { Key = '', UploadId } of page.Uploads ?? []) {
      const name = Key.slice(folder.length);
      if (!isMeant(name)) continue;
      const abort = new sdk.AbortMultipartUploadCommand({ Bucket, Key, UploadId });
      await session.ask((options) => client.send(abort, options));
      aborted.push(name);
    }
    markers = page.IsTruncated
      ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
      : undefined;
  }
  return aborted;
}
