import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { invalidArgument } from '../problems.js';

/** More complaints than these help nobody. */
const MOST_COMPLAINTS = 20;

/**
 * Checks a parameter against the schema that its decorator carries: `@Body({ schema })`, `@Query({ schema })`,
 * `@Param('name', { schema })`. Complaints about path and query go to `context`, as in the reference; complaints about
 * a body name the property in the text.
 */
@Injectable()
export class SchemaPipe implements PipeTransform {
  async transform(value: unknown, { schema, type, data }: ArgumentMetadata): Promise<unknown> {
    if (!schema) return value;
    const result = await schema['~standard'].validate(value);
    if (!result.issues) return result.value;
    const complaints = result.issues.slice(0, MOST_COMPLAINTS).map((issue) => {
      const keys = (issue.path ?? []).map((key) => String(typeof key === 'object' ? key.key : key));
      return { name: [data, ...keys].filter((key) => key !== undefined).join('.'), text: issue.message };
    });
    if (type === 'body') {
      const texts = complaints.map(({ name, text }) => (name ? `${name}: ${text}` : text));
      throw invalidArgument(`invalid argument: ${texts.join('; ')}`);
    }
    const place = type === 'param' ? 'path' : type;
    const context: Record<string, string[]> = {};
    for (const { name, text } of complaints) (context[`${place}:${name}`] ??= []).push(text);
    throw invalidArgument('invalid argument: validation failed', context);
  }
}
