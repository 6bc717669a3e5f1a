#include "check.hpp"
#include "mixwright/delay_line.hpp"
#include "mixwright/echo.hpp"
#include "mixwright/reverb.hpp"

using namespace mixwright;

int main() {
  check::keeps_the_laws<Echo, EchoSettings>("Echo");
  check::keeps_the_laws<Reverb, ReverbSettings>("Reverb");
}
