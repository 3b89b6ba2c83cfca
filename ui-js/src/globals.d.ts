/** Put in by the build. */
declare const VERSION: string;
declare const CARDS: string;
declare const DRAWER: string;

declare module '*.css' {
  const text: string;
  export default text;
}
