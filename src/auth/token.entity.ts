import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('tokens')
export class TokenEntity {
  @PrimaryColumn('text')
  uuid: string;

  @Column('text')
  user: string;

  /** SHA-256 of the token, lower-case hexadecimal. */
  @Column('text')
  hash: string;
}
