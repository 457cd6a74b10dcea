// Back to what was refused.
import { nextTick } from 'vue'

/** The first field at fault – else the refusal itself – in the middle of the window and under the keys. At once: a page that
    glides carries off what the next click was meant for. */
export async function toFault(): Promise<void> {
  await nextTick()
  const first = document.querySelector<HTMLElement>('.faulty') ?? document.querySelector<HTMLElement>('.refusal')
  first?.scrollIntoView({ block: 'center' })
  first?.querySelector<HTMLElement>('input, textarea, select')?.focus({ preventScroll: true })
}
