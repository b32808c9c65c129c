import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Response } from 'express';
import { map, type Observable } from 'rxjs';

/** Success as the reference writes it: status 200 whatever the method, one JSON object, a line feed behind it. */
@Injectable()
export class JsonAnswerInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const response = context.switchToHttp().getResponse<Response>();
    return next.handle().pipe(
      map((answer: unknown) => {
        if (answer === undefined || response.headersSent) return undefined;
        response.status(200);
        return answerText(answer);
      }),
    );
  }
}

/** One JSON object, a line feed behind it. */
export function answerText(answer: unknown): string {
  return `${JSON.stringify(answer)}\n`;
}
