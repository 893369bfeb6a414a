// The interactive documentation of the API. It reads the OpenAPI document of
// its own server and asks no other host: the validator badge, which would, is
// switched off.
import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";

const place = document.getElementById("docs");
const spec = place?.dataset["spec"];
if (place && spec) {
  place.replaceChildren();
  SwaggerUI({
    url: spec,
    domNode: place,
    validatorUrl: null,
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    tryItOutEnabled: true,
  });
}
