;;;; One request to $URL by Drakma, which reads no variable by itself; prints `STATUS code` or the error. The program
;;;; takes the proxy from the environment: at each request, or, saved with its proxy, from that of the build.
(require :asdf)
(asdf:load-system :drakma)

(defun entries (text) (remove "" (uiop:split-string (or text "") :separator ",") :test #'string=))

(defun proxy-of-environment ()
  (let* ((url (uiop:getenv "http_proxy"))
         (authority (and url (string-trim "/" (subseq url (length "http://")))))
         (colon (and authority (position #\: authority :from-end t))))
    (and colon (list (subseq authority 0 colon) (parse-integer authority :start (1+ colon))))))

(defparameter *proxy-of-build* (proxy-of-environment))

(defun answer (proxy)
  (let ((drakma:*no-proxy-domains* (entries (uiop:getenv "no_proxy"))))
    (handler-case
        (format t "STATUS ~d~%" (nth-value 1 (drakma:http-request (uiop:getenv "URL") :proxy proxy :connection-timeout 15)))
      (error (failure) (format t "~a~%" (remove #\Newline (princ-to-string failure)))))
    (finish-output)))

(defun main ()
  (answer (if (equal (uiop:command-line-arguments) '("build")) *proxy-of-build* (proxy-of-environment)))
  (uiop:quit 0))
