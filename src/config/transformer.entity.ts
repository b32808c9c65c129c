import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A VRL script under a name. */
@Entity('transformers')
export class Transformer {
  @PrimaryColumn('text')
  name: string;

  @Column('text')
  script: string;
}
