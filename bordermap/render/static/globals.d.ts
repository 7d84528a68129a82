/** What browsers and Folium's script know, and TypeScript does not. */

interface Window {
  /** Called by the script that Folium writes. */
  bordermapStart?: (map: L.Map) => Promise<void>;
  /** Opens an incident; for a document that frames the page. */
  bordermapShow?: (id: string) => Promise<void>;
}

interface Uint8ArrayConstructor {
  /** Of browsers from 2025 on. */
  fromBase64?: (text: string) => Uint8Array<ArrayBuffer>;
}
