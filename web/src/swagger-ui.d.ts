// The part of swagger-ui-dist that docs.ts uses; the package has no types.
declare module "swagger-ui-dist/swagger-ui-es-bundle.js" {
  interface Options {
    url: string;
    domNode: HTMLElement;
    validatorUrl: null;
    deepLinking: boolean;
    defaultModelsExpandDepth: number;
    displayRequestDuration: boolean;
    tryItOutEnabled: boolean;
  }
  export default function SwaggerUI(options: Options): unknown;
}
