interface Sheet {
  title: string
  hint: string
  label: string
  /** The QR code as SVG of our own making. */
  picture: string
}

const STYLE = `
  @page { margin: 18mm }
  body { display: grid; justify-items: center; gap: 10mm; margin: 0; font: 16pt system-ui, sans-serif; text-align: center }
  h1 { margin: 12mm 0 0; font-size: 40pt; line-height: 1.15 }
  svg { width: 110mm; height: 110mm; fill: #000 }
  small { color: #666 }
`

/** A sheet of paper with the coupon's name and its code, printed from a frame of its own. */
export function printPoster({ title, hint, label, picture }: Sheet): void {
  const frame = document.createElement('iframe')
  frame.style.cssText = 'position:fixed;width:0;height:0;border:0'
  document.body.append(frame)
  const page = frame.contentDocument
  if (!page) return
  const style = page.createElement('style')
  style.textContent = STYLE
  page.head.append(style)
  const element = (name: string, text: string) => {
    const made = page.createElement(name)
    made.textContent = text
    return made
  }
  const code = page.createElement('div')
  code.innerHTML = picture
  page.body.append(element('h1', title), code, element('p', hint), element('small', label))
  frame.contentWindow?.addEventListener('afterprint', () => frame.remove())
  frame.contentWindow?.print()
}
