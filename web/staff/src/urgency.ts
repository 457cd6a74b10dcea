// The light of a task: how near its last day is. The shape (full or hollow) tells the law's periods from the agency's own.
import { daysUntil } from './dates'

export type Light = 'over' | 'near' | 'far' | 'none'
const NEAR = 3

export function light(dueAt: string | null, now: Date = new Date()): Light {
  if (!dueAt) return 'none'
  if (new Date(dueAt) < now) return 'over'
  return daysUntil(dueAt, now) <= NEAR ? 'near' : 'far'
}
