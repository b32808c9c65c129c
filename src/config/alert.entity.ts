import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A webhook under a name. */
@Entity('alerts')
export class Alert {
  @PrimaryColumn('text')
  name: string;

  /** JSON of a `Webhook`. */
  @Column('text')
  webhook: string;
}
