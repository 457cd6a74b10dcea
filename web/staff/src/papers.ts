// A paper on the screen: PDF.js for what is sealed or issued, docx-preview for drafts and where no PDF is made.
export interface Drawn {
  pages: number
  /** Every page, also those nobody has come to yet: before printing. */
  all: () => Promise<void>
}

/** A canvas per page, drawn when it comes into view: a volume has hundreds. */
export async function drawPdf(data: ArrayBuffer, into: HTMLElement, name: string): Promise<Drawn> {
  const [pdfjs, worker] = await Promise.all([import('pdfjs-dist/legacy/build/pdf.min.mjs'), import('pdfjs-dist/legacy/build/pdf.worker.min.mjs?url')])
  pdfjs.GlobalWorkerOptions.workerSrc = worker.default
  const paper = await pdfjs.getDocument({ data }).promise
  const size = (await paper.getPage(1)).getViewport({ scale: 1.6 })
  const waiting = new Map<Element, number>()
  async function draw(canvas: Element): Promise<void> {
    const n = waiting.get(canvas)
    if (n === undefined) return
    waiting.delete(canvas)
    const page = await paper.getPage(n)
    const viewport = page.getViewport({ scale: 1.6 })
    const sheet = canvas as HTMLCanvasElement
    sheet.width = viewport.width
    sheet.height = viewport.height
    await page.render({ canvas: sheet, viewport }).promise
  }
  const seen = new IntersectionObserver((entries) => entries.filter((one) => one.isIntersecting).forEach((one) => void draw(one.target)), { root: into, rootMargin: '600px' })
  for (let n = 1; n <= paper.numPages; n++) {
    const canvas = document.createElement('canvas')
    canvas.width = size.width
    canvas.height = size.height
    canvas.setAttribute('role', 'img')
    canvas.setAttribute('aria-label', `${name} ${n}/${paper.numPages}`)
    into.append(canvas)
    waiting.set(canvas, n)
    seen.observe(canvas)
  }
  await draw(into.querySelector('canvas')!)
  return { pages: paper.numPages, all: async () => { for (const canvas of [...waiting.keys()]) await draw(canvas) } }
}

/** A DOCX. Its styles go in as a constructed sheet of a shadow root: the page's policy allows no inline styles. */
export async function drawDocx(blob: Blob, into: HTMLElement): Promise<ShadowRoot> {
  const { renderAsync } = await import('docx-preview')
  const body = document.createElement('div')
  const styles = document.createElement('div')
  await renderAsync(blob, body, styles, { inWrapper: false, useBase64URL: true })
  const root = into.shadowRoot ?? into.attachShadow({ mode: 'open' })
  const sheet = new CSSStyleSheet()
  sheet.replaceSync([...styles.querySelectorAll('style')].map((one) => one.textContent ?? '').join('\n'))
  root.adoptedStyleSheets = [sheet]
  body.querySelectorAll('style').forEach((one) => one.remove())
  root.replaceChildren(body)
  return root
}
