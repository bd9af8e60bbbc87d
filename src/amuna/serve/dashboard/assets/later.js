// Draws its children after the frame in which the rest of the page changed.
(function () {
  window.amuna = window.amuna || {};
  window.amuna.Later = function (props) {
    var React = window.React, turn = React.useState(false), children = React.useDeferredValue(props.children);
    React.useEffect(function () {
      var timer;
      var frame = requestAnimationFrame(function () { timer = setTimeout(function () { React.startTransition(function () { turn[1](true); }); }, 0); });
      return function () { cancelAnimationFrame(frame); clearTimeout(timer); };
    }, []);
    return turn[0] ? children : React.createElement("div", { style: { minHeight: props.height } });
  };
})();
