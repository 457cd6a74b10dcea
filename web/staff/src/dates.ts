// Times are UTC on the wire and Asia/Shanghai on the screen, wherever the browser stands.
const ZONE = 'Asia/Shanghai'
const parts = new Intl.DateTimeFormat('en-CA', {
  timeZone: ZONE, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
})

const EIGHT = 8 * 3_600_000
const STEADY = Date.UTC(1992, 0, 1) // since then the clocks of China have not been put forward

/** `2026-03-02T09:00:00`, the wall clock in China at this instant. */
export function toWall(instant: string | Date): string {
  const at = typeof instant === 'string' ? new Date(instant) : instant
  if (Number.isNaN(at.getTime())) return ''
  if (at.getTime() >= STEADY) return new Date(at.getTime() + EIGHT).toISOString().slice(0, 19)
  const p = Object.fromEntries(parts.formatToParts(at).map((x) => [x.type, x.value]))
  return `${p.year}-${p.month}-${p.day}T${p.hour}:${p.minute}:${p.second}`
}

/** The instant of a wall clock in China, with its zone. */
export function fromWall(wall: string): string {
  return `${wall}+08:00`
}

const weekdays = new Intl.DateTimeFormat('zh-CN', { weekday: 'short', timeZone: 'UTC' })
/** The date with its weekday, for whatever must be done by it. */
export function dayOf(instant: string | Date | null | undefined): string {
  const text = instant ? toWall(instant).slice(0, 10) : ''
  return text ? `${text} ${weekdays.format(new Date(`${text}T00:00:00Z`))}` : ''
}

export const day = (instant: string | Date | null | undefined): string => (instant ? toWall(instant).slice(0, 10) : '')
export const minute = (instant: string | Date | null | undefined): string =>
  instant ? toWall(instant).slice(0, 16).replace('T', ' ') : ''

/** Whole days in China from now until an instant; negative when it has passed. */
export function daysUntil(instant: string, now: Date = new Date()): number {
  const midnight = (text: string): number => Date.parse(`${text.slice(0, 10)}T00:00:00Z`)
  return Math.round((midnight(toWall(instant)) - midnight(toWall(now))) / 86_400_000)
}
