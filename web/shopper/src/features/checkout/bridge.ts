interface WeixinBridge {
  invoke: (
    name: string,
    params: Record<string, string>,
    done: (answer: { err_msg: string }) => void,
  ) => void
}

declare global {
  interface Window {
    WeixinJSBridge?: WeixinBridge
  }
}

/** Hands signed parameters to the browser inside WeChat; whatever it says, only the server knows what was paid. */
export async function throughBridge(params: Record<string, string>): Promise<'ok' | 'cancel'> {
  const bridge = await ready()
  return new Promise((resolve) => {
    bridge.invoke('getBrandWCPayRequest', params, ({ err_msg }) =>
      resolve(err_msg === 'get_brand_wcpay_request:ok' ? 'ok' : 'cancel'),
    )
  })
}

function ready(): Promise<WeixinBridge> {
  return new Promise((resolve) => {
    if (window.WeixinJSBridge) return resolve(window.WeixinJSBridge)
    document.addEventListener(
      'WeixinJSBridgeReady',
      () => window.WeixinJSBridge && resolve(window.WeixinJSBridge),
      { once: true },
    )
  })
}
