import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A graph of nodes under a name. */
@Entity('pipelines')
export class Pipeline {
  @PrimaryColumn('text')
  name: string;

  /** JSON of a `Flow`. */
  @Column('text')
  flow: string;
}
