// Unpack the packaged Chromium, with the libraries it brings, into the folder named by TMPDIR,
// and print the path of its program. The package unpacks the libraries only where it believes
// itself to be on a bare cloud machine, which AWS_EXECUTION_ENV tells it.
process.env.AWS_EXECUTION_ENV = "AWS_Lambda_nodejs24.x";

const { default: chromium } = await import("@sparticuz/chromium");
console.log(await chromium.executablePath());
