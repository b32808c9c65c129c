import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { AddressInfo } from 'node:net';

@Controller()
class HelloController {
  @Get()
  hello(): string {
    return 'hello';
  }
}

/** The least that an application on NestJS is: a module with one controller. */
@Module({ controllers: [HelloController] })
class HelloModule {}

const application = await NestFactory.create<NestExpressApplication>(HelloModule, { logger: false });
await application.listen(0, '127.0.0.1');
console.log((application.getHttpServer().address() as AddressInfo).port);
