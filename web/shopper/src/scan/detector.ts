export type CodeFormat = 'qr_code' | 'ean_13' | 'ean_8' | 'upc_a' | 'code_128'

export interface CodeDetector {
  detect: (source: HTMLVideoElement) => Promise<{ rawValue: string }[]>
}

interface NativeDetector {
  new (options: { formats: CodeFormat[] }): CodeDetector
  getSupportedFormats: () => Promise<string[]>
}

/** The browser's own detector when it reads all that is asked, else the bundled one. */
export async function createDetector(formats: CodeFormat[]): Promise<CodeDetector> {
  const Native = (window as { BarcodeDetector?: NativeDetector }).BarcodeDetector
  const supported = (await Native?.getSupportedFormats().catch(() => [])) ?? []
  if (Native && formats.every((format) => supported.includes(format))) {
    return new Native({ formats })
  }
  return createBundledDetector(formats)
}

async function createBundledDetector(formats: CodeFormat[]): Promise<CodeDetector> {
  const [{ BarcodeDetector, prepareZXingModule }, { default: wasm }] = await Promise.all([
    import('barcode-detector/ponyfill'),
    import('zxing-wasm/reader/zxing_reader.wasm?url'),
  ])
  prepareZXingModule({ overrides: { locateFile: () => wasm } })
  return new BarcodeDetector({ formats })
}
